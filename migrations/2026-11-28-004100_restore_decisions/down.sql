comment on column remit_claims.reversed_by is 'The reversal (CLP02 22) that took it back.';
drop table remit_restorations;
