drop trigger stays_in_its_batch on submissions;
drop trigger append_only_table on batches;
drop trigger append_only_rows on batches;
drop trigger asks_for_its_claims on batches;
drop function refuse_other_than_its_claims();
