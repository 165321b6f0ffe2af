-- A payer may take back money that was never posted to a claim: a person had owed it back to the payer. The decision
-- that it came with is then taken back although it is not posted.
alter table remit_claims
    drop constraint remit_claims_check2,
    add constraint remit_claims_check2 check (reversed_by is null or reversed_by <> id);
comment on column remit_claims.reversed_by is
    'The reversal (CLP02 22) that took it back; null again once the reversal''s set was taken back. What it takes back is posted, or was owed back to the payer.';
