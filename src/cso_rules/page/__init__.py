"""What a browser, or a registry in another language, needs to answer without Python.

`walker.js` answers from the canonical JSON of a plan alone (`cso_rules.plan.kept.written.to_json`): one ES module
without dependencies. docs/reference/walker.md describes it.
"""
