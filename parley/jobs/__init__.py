"""What happens later: event positions, the search index, tallies."""
