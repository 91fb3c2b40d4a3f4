"""Claims of rights-holders, from receipt to decision. An allegation closes nothing: a decision with reasons does.

Verbs: receiving.receive; hearing.add, answer, counter, complain, retract, tell_of_court; deciding.restrict, act, award;
due.move_due. All go through stepping.take. What is held of payouts is rights.holding's.
"""
