"""What ``w365 generate`` writes: customers' files, an import file and a program. Texts only: nothing is written or sent here."""
