drop table acknowledgements, submissions, batches, control_sequences;
drop function control_sequence_only_rises();
