"""What each kind of rule demands, one idea a file. Pure: a rule and a proposal in, a refusal or None out."""
