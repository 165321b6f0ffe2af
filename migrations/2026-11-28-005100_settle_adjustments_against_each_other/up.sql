-- A payer announces under one reference and takes under another, or answers a check of ours without any
-- (PLB03-2): a person sets the two open items off against each other. Each has a row for its own side, so
-- that what one took off is what the other gave, to the cent.

alter table provider_adjustment_settlements
    drop constraint provider_adjustment_settlements_way_check,
    add constraint provider_adjustment_settlements_way_check check (way in ('claim', 'refund', 'item')),
    add column counter_id uuid check (counter_id <> id),
    add constraint provider_adjustment_settlements_counter_fkey foreign key (organization_id, counter_id)
        references provider_adjustment_settlements (organization_id, id),
    add constraint a_pair_has_two_sides check ((way = 'item') = (counter_id is not null)),
    add constraint a_pair_is_of_no_visit check (way <> 'item' or claim_id is null),
    add constraint a_pair_has_a_reason check (way <> 'item' or note is not null);
create unique index provider_adjustment_settlements_once_countered
    on provider_adjustment_settlements (organization_id, counter_id) where counter_id is not null;
comment on column provider_adjustment_settlements.counter_id is
    'item: the settlement of the item that it is set off against, with the opposite amount. Both stand or both are undone. Their entry, where the items lie in different accounts, is that of one of the two.';
comment on column provider_adjustment_settlements.way is
    'claim: against what the payer owes, or paid too much, for a visit. refund: by a check of ours, which stands among the refunds. item: against another open item of the payer.';
