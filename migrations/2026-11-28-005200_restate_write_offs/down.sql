drop index claims_further;
drop table remit_restatements;
