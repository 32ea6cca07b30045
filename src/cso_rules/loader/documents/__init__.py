"""From the nodes of each kind of rule file to dated declarations."""
