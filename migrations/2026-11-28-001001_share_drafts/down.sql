delete from drafts where kind <> 'visit';
drop index drafts_of;
alter table drafts drop column kind;
alter table drafts rename constraint drafts_pkey to charge_drafts_pkey;
alter table drafts rename to charge_drafts;
create index charge_drafts_of on charge_drafts (organization_id, user_id, saved_at);
comment on table charge_drafts is 'Visits that a person is entering; gone once the visit is charged.';
