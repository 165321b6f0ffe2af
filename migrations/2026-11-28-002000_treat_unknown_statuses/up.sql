-- A CLP02 that the guide does not have is posted as what a person says that it is.
alter table remit_claims
    add column treated_as text check (treated_as in ('1', '2', '3', '4', '19', '20', '21', '22'));
comment on column remit_claims.treated_as is
    'What CLP02 (status_code) is treated as, when a person said so; the payer''s word stays.';
grant update (treated_as) on remit_claims to firstpass_service;
