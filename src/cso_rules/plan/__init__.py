"""The rules of a policy as decision diagrams, and the questions that they answer exactly.

In comes a policy; out goes a plan: for each decision, item and rule a root in one network of shared nodes. `forms`
brings conditions into plain comparisons, `building` makes the diagrams, `questions` asks them about one organization.
Guaranteed: what a plan answers is what `meaning` says, but for decisions that it names as not exact, which stay sound.
"""
