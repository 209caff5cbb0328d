"""What issue 2 asks of speed and memory, measured as ratios in one run on one machine: `make bench`, docs/benchmarks.md."""
