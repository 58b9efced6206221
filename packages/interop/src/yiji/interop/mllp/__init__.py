"""MLLP: HL7 messages over TCP, each between VT and FS CR (HL7 v2 transport specification, MLLP release 1, recalled)."""
