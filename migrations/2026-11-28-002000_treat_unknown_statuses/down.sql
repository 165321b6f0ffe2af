alter table remit_claims drop column treated_as;
