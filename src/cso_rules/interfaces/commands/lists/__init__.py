"""Commands about lists: of organizations, and of what else rules describe."""
