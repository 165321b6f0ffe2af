-- A visit and an EOB are kept alike while somebody enters them.
alter table charge_drafts rename to drafts;
alter table drafts rename constraint charge_drafts_pkey to drafts_pkey;
alter table drafts add column kind text not null default 'visit' check (kind in ('visit', 'eob'));
alter table drafts alter column kind drop default;
drop index charge_drafts_of;
create index drafts_of on drafts (organization_id, user_id, kind, saved_at);
comment on table drafts is 'Forms that a person is filling in; gone once what they say is done.';
comment on column drafts.kind is 'What is entered: a visit, or an EOB that came on paper.';
