"""What others say of the catalogue: claims of rights-holders, decisions about them, orders of courts and authorities.

An allegation closes nothing; a decision with reasons, or an order in force, closes exactly its scope. Verbs:
receiving.receive; hearing.add, answer, counter, complain, retract, tell_of_court; deciding.restrict, act, award;
due.move_due. All go through stepping.take. What is held of payouts is rights.holding's.
"""
