"""The DevRev face. README.md beside this file is its ledger of deviations."""
