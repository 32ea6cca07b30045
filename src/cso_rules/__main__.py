"""`python -m cso_rules`, where the command `cso-rules` is not on the path."""

from cso_rules.interfaces.cli import main

main()
