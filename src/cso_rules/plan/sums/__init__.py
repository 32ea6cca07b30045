"""Whether whole numbers can be such that several sums lie between their bounds."""
