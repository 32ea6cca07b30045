"""What a plan answers about one organization: possible answers, deciding rules, missing facts, examples."""
