"""The service: the rules of a bundle asked over HTTP.

In come requests; out go answers as JSON, text and pages. Guaranteed: each answer is by the rules of one whole bundle,
whose digest it carries; what is refused is refused with a problem of RFC 9457; no fact stands in a log; no connection
leaves the process. The web stack is the extra `service`, imported by `app`, `protocol`, `server` and `metrics` alone.
"""
