"""Who follows which artist or label, and the mails that tell what is new. It must never know what a person bought."""
