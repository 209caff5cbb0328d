"""What is true: nouns, stages, rules, problems. Imports nothing of ours and does no input or output."""
