"""Offers the same packets to Encluster and to its rivals, in turns. See scripts/bench --help."""
