drop table remit_posting_rules;
