-- Fails, as it must, while two items are set off against each other: their rows would mean nothing.
alter table provider_adjustment_settlements
    drop constraint provider_adjustment_settlements_way_check,
    add constraint provider_adjustment_settlements_way_check check (way in ('claim', 'refund')),
    drop constraint a_pair_is_of_no_visit,
    drop constraint a_pair_has_a_reason,
    drop column counter_id;
comment on column provider_adjustment_settlements.way is
    'claim: against what the payer owes, or paid too much, for a visit. refund: by a check of ours, which stands among the refunds.';
