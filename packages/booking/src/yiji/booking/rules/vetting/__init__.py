"""Does a rule set fit the catalogue, and does it contradict itself? Findings have a code, words and the rules' ids."""
