-- An exception may be settled by what another set says, such as a reversal that leaves nobody a credit. When that set
-- is taken back, it is open again; so it says by which set it was settled.
alter table remit_exceptions
    add column settled_by uuid,
    add foreign key (organization_id, settled_by) references remittances (organization_id, id),
    add check (settled_by is null or resolved_at is not null);
alter table remit_exceptions no force row level security;
alter table remittances no force row level security;
-- Until now both had the same moment.
update remit_exceptions x set settled_by = r.id from remittances r
where r.organization_id = x.organization_id and r.posted_at = x.resolved_at and r.id <> x.remittance_id and x.action is null
and x.resolution in ('the payer took the earlier decision back: nobody is owed a credit',
    'the payers have decided anew since', 'the rest of the claim has come');
alter table remittances force row level security;
alter table remit_exceptions force row level security;
create index remit_exceptions_settled on remit_exceptions (organization_id, settled_by) where settled_by is not null;
comment on column remit_exceptions.settled_by is
    'The set that settled it by what it says of the visit; taken back, it opens this again.';
grant update (settled_by) on remit_exceptions to firstpass_service;
