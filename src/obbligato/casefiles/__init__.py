"""Case files: everything about one incident in one archive that a judge can read and anybody can check.

Verbs: building.build, rebuilding.rebuild. The stand-alone verify.py travels inside. It must never say of a catalogue
more than a ruling's operative part does, nor put a person's data into a public file.
"""
