"""The legal state of every rail: incidents from a closing letter to their end, rulings, letters, and the way back.

Verbs: detecting.look, detecting.enter_letter, confirming.confirm, confirming.dismiss, requesting_basis.request,
recording_basis.record, contesting.contest, ruling.record, ruling.check, restoring.begin, restoring.advance_due.
Only people and documents change a standing; a machine's signal stops routing and asks a person. It must never change
what is sold or who is paid, nor say of a catalogue more than a ruling's operative part does.
"""
