"""The page that asks and answers in a browser, without Python: one HTML file.

`walker.js` answers from the canonical JSON of a plan alone (`cso_rules.plan.kept.written.to_json`): one ES module
without dependencies, which a registry in another language can follow. docs/reference/walker.md describes it. The
modules in `static/` ask, explain and print with it; `builder` puts them, the rules and the words into one file.
"""
