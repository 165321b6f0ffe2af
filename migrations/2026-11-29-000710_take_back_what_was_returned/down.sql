alter table remit_claims
    drop constraint remit_claims_check2,
    add constraint remit_claims_check2 check (reversed_by is null or (posted and reversed_by <> id));
comment on column remit_claims.reversed_by is
    'The reversal (CLP02 22) that took it back; none again once that one''s set was taken back.';
