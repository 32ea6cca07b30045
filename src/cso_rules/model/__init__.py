"""The model: what rule files mean, as immutable typed values without input or output.

In come values that the loader made; out go the same values, read by executors, explanations and analyses.
Guaranteed: every node is frozen, every union is closed, and equality ignores positions.
"""
