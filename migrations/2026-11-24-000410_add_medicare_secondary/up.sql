alter table coverages add column medicare_secondary text
    check (medicare_secondary is null
        or (rank > 1 and medicare_secondary in ('12', '13', '14', '15', '16', '41', '42', '43', '47')));
comment on column coverages.medicare_secondary is
    'Why Medicare does not pay first (SBR05): 12 working aged, 13 renal disease, 14 no-fault, 15 workers'' compensation, 16 federal agency, 41 black lung, 42 veterans, 43 disabled, 47 other liability.';
