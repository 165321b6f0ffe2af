//! The tables, in the form that `diesel print-schema` writes.

diesel::table! {
    account_totals (organization_id, booked_on, id) {
        organization_id -> Uuid,
        id -> Uuid,
        booked_on -> Date,
        debit_account -> Int2,
        credit_account -> Int2,
        amount -> Numeric,
        transfers -> Int8,
        is_sum -> Bool,
    }
}

diesel::table! {
    accounts (organization_id, number) {
        organization_id -> Uuid,
        number -> Int2,
        kind -> Text,
        name -> Text,
        general_ledger_account -> Nullable<Text>,
        general_ledger_number -> Nullable<Text>,
    }
}

diesel::table! {
    acknowledgements (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        file_id -> Uuid,
        set_ordinal -> Int4,
        kind -> Text,
        batch_id -> Nullable<Uuid>,
        outcome -> Text,
        detail -> Jsonb,
        received_at -> Timestamptz,
    }
}

diesel::table! {
    announced_visits (organization_id, visit_number) {
        organization_id -> Uuid,
        visit_number -> Text,
        patient_id -> Uuid,
        provider_id -> Nullable<Uuid>,
        visit_on -> Date,
        file_id -> Uuid,
        announced_at -> Timestamptz,
        dismissed_at -> Nullable<Timestamptz>,
        dismissed_because -> Nullable<Text>,
    }
}

diesel::table! {
    api_keys (id) {
        id -> Uuid,
        organization_id -> Uuid,
        name -> Text,
        prefix -> Text,
        key_sha256 -> Bytea,
        role -> Text,
        created_at -> Timestamptz,
        revoked_at -> Nullable<Timestamptz>,
        last_used_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    audit_events (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        occurred_at -> Timestamptz,
        actor -> Text,
        action -> Text,
        subject_kind -> Text,
        subject_id -> Uuid,
        source_file_id -> Nullable<Uuid>,
        detail -> Jsonb,
    }
}

diesel::table! {
    bank_accounts (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        name -> Text,
        last_four -> Nullable<Text>,
    }
}

diesel::table! {
    batches (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        payer_id -> Uuid,
        file_id -> Uuid,
        interchange_control_number -> Text,
        group_control_number -> Text,
        transaction_reference -> Text,
        claims -> Int4,
        charged -> Numeric,
        state -> Text,
        created_at -> Timestamptz,
        sent_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    chain_links (organization_id, number) {
        organization_id -> Uuid,
        number -> Int8,
        posting_id -> Uuid,
        entries -> Int8,
        first_entry_id -> Uuid,
        last_entry_id -> Uuid,
        previous_hash -> Bytea,
        hash -> Bytea,
        linked_at -> Timestamptz,
        previous_number -> Nullable<Int8>,
    }
}

diesel::table! {
    charge_import_problems (organization_id, file_id, row_no, problem_no) {
        organization_id -> Uuid,
        file_id -> Uuid,
        row_no -> Int4,
        problem_no -> Int4,
        column_name -> Nullable<Text>,
        reason -> Text,
    }
}

diesel::table! {
    charge_imports (organization_id, file_id) {
        organization_id -> Uuid,
        file_id -> Uuid,
        encounters -> Int4,
        lines -> Int4,
        rows_rejected -> Int4,
        charged -> Numeric,
        imported_at -> Timestamptz,
    }
}

diesel::table! {
    charge_lines (organization_id, encounter_id, line_no) {
        organization_id -> Uuid,
        encounter_id -> Uuid,
        line_no -> Int2,
        procedure -> Text,
        modifiers -> Array<Text>,
        charged -> Numeric,
        units -> Numeric,
        pointers -> Array<Int2>,
        from_on -> Date,
        thru_on -> Nullable<Date>,
    }
}

diesel::table! {
    charge_mappings (organization_id, name) {
        organization_id -> Uuid,
        name -> Text,
        content -> Jsonb,
        saved_at -> Timestamptz,
    }
}

diesel::table! {
    charge_messages (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        source -> Text,
        kind -> Text,
        sender -> Text,
        message_id -> Text,
        file_id -> Uuid,
        state -> Text,
        attempts -> Int4,
        explanation -> Nullable<Text>,
        problems -> Jsonb,
        visits -> Int4,
        received_at -> Timestamptz,
        decided_at -> Nullable<Timestamptz>,
        not_whole -> Nullable<Text>,
    }
}

diesel::table! {
    claim_events (organization_id, claim_id, event_no) {
        organization_id -> Uuid,
        claim_id -> Uuid,
        event_no -> Int4,
        event -> Text,
        status -> Text,
        source_kind -> Text,
        source_id -> Text,
        file_id -> Nullable<Uuid>,
        first_byte -> Nullable<Int8>,
        last_byte -> Nullable<Int8>,
        actor -> Text,
        detail -> Jsonb,
        occurred_at -> Timestamptz,
        recorded_at -> Timestamptz,
    }
}

diesel::table! {
    claim_lines (organization_id, claim_id, line_no) {
        organization_id -> Uuid,
        claim_id -> Uuid,
        line_no -> Int2,
        control_number -> Text,
        procedure -> Text,
        modifiers -> Array<Text>,
        units -> Numeric,
        charged -> Numeric,
        from_on -> Nullable<Date>,
        thru_on -> Nullable<Date>,
    }
}

diesel::table! {
    claim_standings (organization_id, claim_id) {
        organization_id -> Uuid,
        claim_id -> Uuid,
        status -> Text,
        events -> Int4,
        findings -> Json,
        checked_with -> Nullable<Uuid>,
        charged -> Numeric,
    }
}

diesel::table! {
    claims (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        account_claim_id -> Uuid,
        encounter_id -> Uuid,
        patient_id -> Uuid,
        payer_id -> Uuid,
        coverage_id -> Uuid,
        sequence -> Text,
        frequency -> Text,
        charged -> Numeric,
        service_from -> Nullable<Date>,
        service_thru -> Nullable<Date>,
        content -> Json,
        created_at -> Timestamptz,
        services -> Json,
    }
}

diesel::table! {
    control_sequences (organization_id, name) {
        organization_id -> Uuid,
        name -> Text,
        last_number -> Int8,
    }
}

diesel::table! {
    coverages (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        patient_id -> Uuid,
        payer_id -> Uuid,
        rank -> Int2,
        member_id -> Text,
        group_number -> Nullable<Text>,
        relationship -> Text,
        subscriber_last_name -> Text,
        subscriber_first_name -> Nullable<Text>,
        subscriber_born_on -> Nullable<Date>,
        subscriber_sex -> Nullable<Text>,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        created_at -> Timestamptz,
        medicare_secondary -> Nullable<Text>,
    }
}

diesel::table! {
    credit_actions (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        action -> Text,
        account -> Int2,
        claim_id -> Nullable<Uuid>,
        payer_id -> Nullable<Uuid>,
        patient_id -> Nullable<Uuid>,
        since_entry_id -> Uuid,
        to_claim_id -> Nullable<Uuid>,
        amount -> Numeric,
        note -> Nullable<Text>,
        acted_on -> Date,
        acted_by -> Text,
        created_at -> Timestamptz,
        undone_on -> Nullable<Date>,
        undone_by -> Nullable<Text>,
        undone_why -> Nullable<Text>,
    }
}

diesel::table! {
    denials (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        claim_id -> Uuid,
        remit_claim_id -> Uuid,
        line_no -> Nullable<Int2>,
        group_code -> Text,
        reason -> Text,
        remarks -> Array<Text>,
        amount -> Numeric,
        category -> Text,
        overturn_rate -> Numeric,
        expected_recovery -> Numeric,
        appeal_by -> Date,
        priority -> Numeric,
        why -> Text,
        state -> Text,
        opened_on -> Date,
    }
}

diesel::table! {
    deposit_matches (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        deposit_id -> Uuid,
        remittance_id -> Uuid,
        amount -> Numeric,
        rule -> Text,
        reverses_id -> Nullable<Uuid>,
        matched_by -> Text,
        matched_at -> Timestamptz,
    }
}

diesel::table! {
    deposits (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        bank_account_id -> Uuid,
        file_id -> Uuid,
        first_byte -> Int8,
        last_byte -> Int8,
        deposited_on -> Date,
        amount -> Numeric,
        kind -> Text,
        trace_number -> Nullable<Text>,
        payer_trace_id -> Nullable<Text>,
        reference -> Text,
        ordinal -> Int4,
        description -> Text,
        imported_at -> Timestamptz,
    }
}

diesel::table! {
    drafts (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        user_id -> Uuid,
        content -> Jsonb,
        saved_at -> Timestamptz,
        kind -> Text,
    }
}

diesel::table! {
    eob_draft_scans (organization_id, draft_id, file_id) {
        organization_id -> Uuid,
        draft_id -> Uuid,
        file_id -> Uuid,
        media_type -> Text,
        attached_at -> Timestamptz,
        attached_by -> Text,
    }
}

diesel::table! {
    encounters (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        visit_number -> Text,
        patient_id -> Uuid,
        billing_provider_id -> Uuid,
        rendering_provider_id -> Nullable<Uuid>,
        referring_provider_id -> Nullable<Uuid>,
        place_of_service -> Text,
        service_on -> Date,
        diagnoses -> Array<Text>,
        prior_authorization -> Nullable<Text>,
        referral_number -> Nullable<Text>,
        accident_on -> Nullable<Date>,
        related_cause -> Nullable<Text>,
        charged -> Numeric,
        file_id -> Uuid,
        first_row -> Int4,
        last_row -> Int4,
        created_at -> Timestamptz,
        circumstances -> Jsonb,
    }
}

diesel::table! {
    entries (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        posting_id -> Uuid,
        kind -> Text,
        source_kind -> Text,
        source_id -> Uuid,
        source_file_sha256 -> Nullable<Bytea>,
        source_ordinal -> Nullable<Int8>,
        effective_on -> Date,
        posted_at -> Timestamptz,
        reverses_id -> Nullable<Uuid>,
        content_hash -> Bytea,
        booked_on -> Date,
    }
}

diesel::table! {
    code_bases (id) {
        id -> Uuid,
        shipped -> Array<Text>,
        editions -> Array<Uuid>,
        first_used_at -> Timestamptz,
    }
}

diesel::table! {
    code_edition_chunks (edition_id, chunk_no) {
        edition_id -> Uuid,
        chunk_no -> Int4,
        content -> Bytea,
    }
}

diesel::table! {
    code_editions (id) {
        id -> Uuid,
        list -> Text,
        name -> Text,
        valid_from -> Date,
        whole_to -> Nullable<Date>,
        source_name -> Text,
        source_sha256 -> Bytea,
        rows_read -> Int8,
        rows_rejected -> Int8,
        rows_held -> Int8,
        rows_added -> Int8,
        rows_ended -> Int8,
        content_bytes -> Int8,
        content_sha256 -> Bytea,
        imported_at -> Timestamptz,
        imported_by -> Text,
        undone_at -> Nullable<Timestamptz>,
        undone_by -> Nullable<Text>,
    }
}

diesel::table! {
    fee_schedule_editions (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        schedule_id -> Uuid,
        effective_from -> Date,
        file_id -> Nullable<Uuid>,
        conversion_factor -> Nullable<Numeric>,
        source -> Text,
        amends -> Bool,
        rows_read -> Int4,
        rows_rejected -> Int4,
        added -> Int4,
        changed -> Int4,
        unchanged -> Int4,
        ended -> Int4,
        problems -> Jsonb,
        imported_at -> Timestamptz,
        imported_by -> Text,
        undone_at -> Nullable<Timestamptz>,
        undone_by -> Nullable<Text>,
    }
}

diesel::table! {
    fee_schedule_rows (organization_id, edition_id, row_no) {
        organization_id -> Uuid,
        edition_id -> Uuid,
        row_no -> Int4,
        procedure -> Text,
        modifier -> Text,
        site -> Text,
        amount -> Numeric,
        valid_from -> Nullable<Date>,
        valid_to -> Nullable<Date>,
        ranked -> Nullable<Bool>,
        bilateral -> Nullable<Text>,
    }
}

diesel::table! {
    fee_schedules (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        name -> Text,
        created_at -> Timestamptz,
        created_by -> Text,
    }
}

diesel::table! {
    file_chunks (organization_id, file_id, chunk_no) {
        organization_id -> Uuid,
        file_id -> Uuid,
        chunk_no -> Int4,
        content -> Bytea,
    }
}

diesel::table! {
    files (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        sha256 -> Bytea,
        size_bytes -> Int8,
        direction -> Text,
        name -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    idempotency_keys (organization_id, key) {
        organization_id -> Uuid,
        key -> Text,
        request_hash -> Bytea,
        status -> Int2,
        response -> Jsonb,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    job_runs (organization_id, kind, unique_key) {
        organization_id -> Uuid,
        kind -> Text,
        unique_key -> Text,
        ended_at -> Timestamptz,
        took_ms -> Int8,
        outcome -> Text,
        detail -> Jsonb,
        error -> Nullable<Text>,
        last_done_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    jobs (id) {
        id -> Uuid,
        organization_id -> Uuid,
        kind -> Text,
        payload -> Jsonb,
        unique_key -> Nullable<Text>,
        state -> Text,
        due_at -> Timestamptz,
        attempts -> Int4,
        attempts_max -> Int4,
        worker -> Nullable<Text>,
        last_error -> Nullable<Text>,
        created_at -> Timestamptz,
        lane -> Nullable<Text>,
        done -> Nullable<Int8>,
        total -> Nullable<Int8>,
    }
}

diesel::table! {
    journal_exports (organization_id, month, format) {
        organization_id -> Uuid,
        month -> Date,
        format -> Text,
        file_id -> Uuid,
        journal_entries -> Int4,
        debits -> Numeric,
        credits -> Numeric,
        actor -> Text,
        exported_at -> Timestamptz,
    }
}

diesel::table! {
    mail_schedules (organization_id) {
        organization_id -> Uuid,
        every_seconds -> Int4,
        release -> Text,
        next_at -> Timestamptz,
    }
}

diesel::table! {
    memberships (organization_id, user_id) {
        organization_id -> Uuid,
        user_id -> Uuid,
        role -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    night_rounds (organization_id) {
        organization_id -> Uuid,
        last_on -> Date,
    }
}

diesel::table! {
    open_balances (organization_id, claim_id, account, owner_id) {
        organization_id -> Uuid,
        claim_id -> Uuid,
        account -> Int2,
        owner_id -> Uuid,
        amount -> Numeric,
        moved_on -> Nullable<Date>,
        charged_on -> Nullable<Date>,
    }
}

diesel::table! {
    organizations (id) {
        id -> Uuid,
        name -> Text,
        time_zone -> Text,
        control_number_prefix -> Text,
        usage_indicator -> Text,
        created_at -> Timestamptz,
        submitter_name -> Nullable<Text>,
        submitter_identifier -> Nullable<Text>,
        interchange_qualifier -> Nullable<Text>,
        interchange_id -> Nullable<Text>,
        application_code -> Nullable<Text>,
        contact_name -> Nullable<Text>,
        contact_telephone -> Nullable<Text>,
        contact_email -> Nullable<Text>,
    }
}

diesel::table! {
    patients (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        account_number -> Text,
        last_name -> Text,
        first_name -> Nullable<Text>,
        middle_name -> Nullable<Text>,
        suffix -> Nullable<Text>,
        born_on -> Date,
        died_on -> Nullable<Date>,
        sex -> Text,
        address_line_1 -> Text,
        address_line_2 -> Nullable<Text>,
        city -> Text,
        state -> Text,
        zip -> Text,
        created_at -> Timestamptz,
        name_order -> Text,
    }
}

diesel::table! {
    payer_contracts (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        payer_id -> Uuid,
        schedule_id -> Uuid,
        name -> Text,
        state -> Text,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        schedule_percent -> Numeric,
        charge_percent -> Nullable<Numeric>,
        lesser_of_charge -> Bool,
        reductions -> Array<Numeric>,
        ranked_procedures -> Array<Text>,
        bilateral_percent -> Numeric,
        assistant_percent -> Numeric,
        nonphysician_percent -> Numeric,
        cosurgeon_percent -> Numeric,
        modifier_percents -> Jsonb,
        tolerance -> Numeric,
        created_at -> Timestamptz,
        created_by -> Text,
    }
}

diesel::table! {
    payers (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        identifier -> Text,
        name -> Text,
        filing_indicator -> Text,
        mailbox -> Text,
        timely_filing_days -> Int4,
        appeal_days -> Int4,
        authorization_procedures -> Array<Text>,
        created_at -> Timestamptz,
        receiver_name -> Nullable<Text>,
        receiver_identifier -> Nullable<Text>,
        interchange_qualifier -> Nullable<Text>,
        interchange_id -> Nullable<Text>,
        application_code -> Nullable<Text>,
    }
}

diesel::table! {
    period_events (organization_id, number) {
        organization_id -> Uuid,
        number -> Int8,
        event -> Text,
        closed_through -> Nullable<Date>,
        locked_through -> Nullable<Date>,
        reason -> Text,
        actor -> Text,
        occurred_at -> Timestamptz,
    }
}

diesel::table! {
    postings (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        first_entry_id -> Nullable<Uuid>,
        last_entry_id -> Nullable<Uuid>,
        entries -> Nullable<Int8>,
    }
}

diesel::table! {
    proof_runs (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        ran_at -> Timestamptz,
        actor -> Text,
        as_of -> Nullable<Date>,
        holds -> Bool,
        proofs -> Jsonb,
        digest -> Bytea,
        chain_head -> Nullable<Bytea>,
        chain_links -> Int8,
    }
}

diesel::table! {
    provider_adjustment_settlements (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        provider_adjustment_id -> Uuid,
        way -> Text,
        payer_id -> Uuid,
        claim_id -> Nullable<Uuid>,
        amount -> Numeric,
        note -> Nullable<Text>,
        settled_on -> Date,
        settled_by -> Text,
        created_at -> Timestamptz,
        undone_on -> Nullable<Date>,
        undone_by -> Nullable<Text>,
        undone_why -> Nullable<Text>,
        counter_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    provider_adjustments (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        remittance_id -> Uuid,
        ordinal -> Int4,
        reason -> Text,
        reference -> Nullable<Text>,
        amount -> Numeric,
        first_byte -> Int8,
        last_byte -> Int8,
        plain_reference -> Text,
    }
}

diesel::table! {
    providers (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        npi -> Text,
        taxonomy -> Nullable<Text>,
        organization_name -> Nullable<Text>,
        last_name -> Nullable<Text>,
        first_name -> Nullable<Text>,
        tax_id -> Nullable<Text>,
        tax_id_is_ssn -> Bool,
        address_line_1 -> Nullable<Text>,
        address_line_2 -> Nullable<Text>,
        city -> Nullable<Text>,
        state -> Nullable<Text>,
        zip -> Nullable<Text>,
        bills -> Bool,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    receipt_applications (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        receipt_id -> Uuid,
        target -> Text,
        claim_id -> Nullable<Uuid>,
        amount -> Numeric,
        applied_on -> Date,
        applied_by -> Text,
        created_at -> Timestamptz,
        undone_on -> Nullable<Date>,
        undone_by -> Nullable<Text>,
        undone_why -> Nullable<Text>,
    }
}

diesel::table! {
    receipts (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        patient_id -> Uuid,
        amount -> Numeric,
        method -> Text,
        reference -> Nullable<Text>,
        received_on -> Date,
        received_by -> Text,
        created_at -> Timestamptz,
        returned_on -> Nullable<Date>,
        returned_by -> Nullable<Text>,
        returned_why -> Nullable<Text>,
    }
}

diesel::table! {
    refund_payments (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        refund_entry_id -> Uuid,
        method -> Text,
        reference -> Text,
        amount -> Numeric,
        paid_on -> Date,
        paid_by -> Text,
        created_at -> Timestamptz,
        voided_on -> Nullable<Date>,
        voided_by -> Nullable<Text>,
        voided_why -> Nullable<Text>,
    }
}

diesel::table! {
    remit_candidates (organization_id, exception_id, rank) {
        organization_id -> Uuid,
        exception_id -> Uuid,
        rank -> Int2,
        claim_id -> Uuid,
        remit_claim_id -> Nullable<Uuid>,
        score -> Int2,
        agrees -> Array<Text>,
        differs -> Array<Text>,
    }
}

diesel::table! {
    remit_carryings (organization_id, entry_id) {
        organization_id -> Uuid,
        entry_id -> Uuid,
        remit_claim_id -> Uuid,
        reversal_id -> Uuid,
    }
}

diesel::table! {
    remit_claims (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        remittance_id -> Uuid,
        ordinal -> Int4,
        patient_control_number -> Text,
        payer_claim_control_number -> Nullable<Text>,
        status_code -> Text,
        charged -> Numeric,
        paid -> Numeric,
        patient_responsibility -> Numeric,
        adjusted -> Jsonb,
        adjustments -> Jsonb,
        remarks -> Array<Text>,
        first_byte -> Int8,
        last_byte -> Int8,
        claim_id -> Nullable<Uuid>,
        match_rule -> Nullable<Text>,
        posted -> Bool,
        reversed_by -> Nullable<Uuid>,
        plain_payer_control_number -> Nullable<Text>,
        treated_as -> Nullable<Text>,
    }
}

diesel::table! {
    remit_exceptions (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        remittance_id -> Uuid,
        remit_claim_id -> Nullable<Uuid>,
        kind -> Text,
        amount -> Numeric,
        detail -> Text,
        next_step -> Text,
        opened_at -> Timestamptz,
        resolved_at -> Nullable<Timestamptz>,
        resolution -> Nullable<Text>,
        provider_adjustment_id -> Nullable<Uuid>,
        action -> Nullable<Jsonb>,
        settled_by -> Nullable<Uuid>,
    }
}

diesel::table! {
    remit_lines (organization_id, remit_claim_id, line_no) {
        organization_id -> Uuid,
        remit_claim_id -> Uuid,
        line_no -> Int2,
        claim_line_no -> Nullable<Int2>,
        control_number -> Nullable<Text>,
        procedure -> Text,
        modifiers -> Array<Text>,
        billed_procedure -> Nullable<Text>,
        service_on -> Nullable<Date>,
        units -> Nullable<Numeric>,
        charged -> Numeric,
        paid -> Numeric,
        allowed -> Nullable<Numeric>,
        adjustments -> Jsonb,
        remarks -> Array<Text>,
        first_byte -> Int8,
        last_byte -> Int8,
    }
}

diesel::table! {
    remit_movements (organization_id, remittance_id, account) {
        organization_id -> Uuid,
        remittance_id -> Uuid,
        account -> Int2,
        debits -> Numeric,
        credits -> Numeric,
        posting_id -> Uuid,
    }
}

diesel::table! {
    remit_overrides (organization_id, remittance_id) {
        organization_id -> Uuid,
        remittance_id -> Uuid,
        reason -> Text,
        difference -> Numeric,
        why -> Jsonb,
        overridden_by -> Text,
        overridden_at -> Timestamptz,
    }
}

diesel::table! {
    remit_posting_rules (organization_id, payer_id) {
        organization_id -> Uuid,
        payer_id -> Uuid,
        mode -> Text,
        allows -> Array<Text>,
        changed_at -> Timestamptz,
    }
}

diesel::table! {
    remit_replacements (organization_id, remit_claim_id, replaced_by) {
        organization_id -> Uuid,
        remit_claim_id -> Uuid,
        replaced_by -> Uuid,
    }
}

diesel::table! {
    remit_restatements (organization_id, entry_id, remit_claim_id) {
        organization_id -> Uuid,
        entry_id -> Uuid,
        remit_claim_id -> Uuid,
        amount -> Numeric,
    }
}

diesel::table! {
    remit_restorations (organization_id, entry_id) {
        organization_id -> Uuid,
        entry_id -> Uuid,
        remit_claim_id -> Uuid,
        remittance_id -> Uuid,
        applies -> Bool,
    }
}

diesel::table! {
    remit_unapplyings (organization_id, entry_id) {
        organization_id -> Uuid,
        entry_id -> Uuid,
        remit_claim_id -> Uuid,
    }
}

diesel::table! {
    remit_unpostings (organization_id, remittance_id) {
        organization_id -> Uuid,
        remittance_id -> Uuid,
        reason -> Text,
        entries -> Int4,
        unposted_by -> Text,
        unposted_at -> Timestamptz,
    }
}

diesel::table! {
    remittance_scan_withdrawals (organization_id, remittance_id, file_id) {
        organization_id -> Uuid,
        remittance_id -> Uuid,
        file_id -> Uuid,
        reason -> Text,
        withdrawn_at -> Timestamptz,
        withdrawn_by -> Text,
    }
}

diesel::table! {
    remittance_scans (organization_id, remittance_id, file_id) {
        organization_id -> Uuid,
        remittance_id -> Uuid,
        file_id -> Uuid,
        media_type -> Text,
        attached_at -> Timestamptz,
        attached_by -> Text,
    }
}

diesel::table! {
    remittances (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        file_id -> Uuid,
        set_ordinal -> Int4,
        first_byte -> Int8,
        last_byte -> Int8,
        payer_id -> Nullable<Uuid>,
        payer_name -> Text,
        payer_trace_id -> Text,
        trace_number -> Text,
        method -> Text,
        paid_on -> Nullable<Date>,
        paid -> Numeric,
        claims -> Int4,
        charged -> Numeric,
        claims_paid -> Numeric,
        provider_adjustments -> Numeric,
        warnings -> Jsonb,
        state -> Text,
        why -> Jsonb,
        received_at -> Timestamptz,
        posted_at -> Nullable<Timestamptz>,
        difference -> Numeric,
        ready -> Bool,
        entered -> Bool,
        patient_responsibility -> Numeric,
        allowed -> Numeric,
        services -> Int4,
        services_charged -> Numeric,
        services_adjusted -> Numeric,
        services_paid -> Numeric,
        claims_adjusted -> Numeric,
    }
}

diesel::table! {
    scrub_code_lists (organization_id, name, version) {
        organization_id -> Uuid,
        name -> Text,
        version -> Int4,
        previous -> Nullable<Int4>,
        entries -> Array<Text>,
        saved_at -> Timestamptz,
        saved_by -> Text,
    }
}

diesel::table! {
    scrub_rule_grades (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        rule -> Text,
        payer_id -> Nullable<Uuid>,
        grade -> Nullable<Text>,
        reason -> Text,
        graded_at -> Timestamptz,
        graded_by -> Text,
    }
}

diesel::table! {
    scrub_rule_releases (organization_id, rule_id, release_no) {
        organization_id -> Uuid,
        rule_id -> Uuid,
        release_no -> Int4,
        previous -> Nullable<Int4>,
        version -> Nullable<Int4>,
        reason -> Text,
        released_at -> Timestamptz,
        released_by -> Text,
    }
}

diesel::table! {
    scrub_rule_versions (organization_id, rule_id, version) {
        organization_id -> Uuid,
        rule_id -> Uuid,
        version -> Int4,
        previous -> Nullable<Int4>,
        definition -> Jsonb,
        saved_at -> Timestamptz,
        saved_by -> Text,
    }
}

diesel::table! {
    scrub_rules (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        slug -> Text,
        created_at -> Timestamptz,
        created_by -> Text,
    }
}

diesel::table! {
    scrub_trial_results (organization_id, trial_id) {
        organization_id -> Uuid,
        trial_id -> Uuid,
        result -> Jsonb,
        ended_at -> Timestamptz,
    }
}

diesel::table! {
    scrub_trials (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        asked -> Jsonb,
        asked_at -> Timestamptz,
        asked_by -> Text,
    }
}

diesel::table! {
    sessions (id) {
        id -> Uuid,
        organization_id -> Uuid,
        user_id -> Uuid,
        token_sha256 -> Bytea,
        csrf_token -> Text,
        created_at -> Timestamptz,
        last_seen_at -> Timestamptz,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    small_balance_rules (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        side -> Text,
        version -> Int4,
        limit_amount -> Numeric,
        age_days -> Int4,
        in_force -> Bool,
        note -> Nullable<Text>,
        made_on -> Date,
        made_by -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    small_balance_schedules (organization_id) {
        organization_id -> Uuid,
        nightly -> Bool,
        set_on -> Date,
        set_by -> Text,
        last_on -> Nullable<Date>,
    }
}

diesel::table! {
    small_balance_write_offs (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        rule_id -> Uuid,
        account -> Int2,
        claim_id -> Nullable<Uuid>,
        payer_id -> Nullable<Uuid>,
        patient_id -> Nullable<Uuid>,
        last_entry_id -> Uuid,
        amount -> Numeric,
        written_off_on -> Date,
        written_off_by -> Text,
        created_at -> Timestamptz,
        undone_on -> Nullable<Date>,
        undone_by -> Nullable<Text>,
        undone_why -> Nullable<Text>,
    }
}

// A view; each column has the name of its table's.
diesel::table! {
    standing_decisions (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        remittance_id -> Uuid,
        claim_id -> Nullable<Uuid>,
        status_code -> Text,
        payer_claim_control_number -> Nullable<Text>,
        charged -> Numeric,
        paid -> Numeric,
        adjusted -> Jsonb,
        adjustments -> Jsonb,
    }
}

diesel::table! {
    status_totals (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        status -> Text,
        claims -> Int8,
        charged -> Numeric,
    }
}

diesel::table! {
    submissions (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        claim_id -> Uuid,
        batch_id -> Nullable<Uuid>,
        control_number -> Text,
        set_control_number -> Nullable<Text>,
        first_byte -> Nullable<Int8>,
        last_byte -> Nullable<Int8>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    transfers (organization_id, entry_id, line_no) {
        organization_id -> Uuid,
        entry_id -> Uuid,
        line_no -> Int2,
        debit_account -> Int2,
        credit_account -> Int2,
        amount -> Numeric,
        claim_id -> Nullable<Uuid>,
        payer_id -> Nullable<Uuid>,
        patient_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    underpayments (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        claim_id -> Uuid,
        remit_claim_id -> Uuid,
        claim_line_no -> Nullable<Int2>,
        remit_line_no -> Nullable<Int2>,
        contract_id -> Uuid,
        expected -> Numeric,
        allowed -> Numeric,
        difference -> Numeric,
        arithmetic -> Text,
        state -> Text,
        outcome -> Nullable<Text>,
        note -> Nullable<Text>,
        opened_on -> Date,
        closed_at -> Nullable<Timestamptz>,
        closed_by -> Nullable<Text>,
    }
}

diesel::table! {
    users (id) {
        id -> Uuid,
        email -> Text,
        name -> Text,
        password_hash -> Text,
        disabled_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        password_temporary -> Bool,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    account_totals,
    accounts,
    acknowledgements,
    announced_visits,
    api_keys,
    audit_events,
    bank_accounts,
    batches,
    chain_links,
    charge_import_problems,
    charge_imports,
    charge_lines,
    charge_mappings,
    charge_messages,
    claim_events,
    claim_standings,
    claim_lines,
    claims,
    control_sequences,
    coverages,
    credit_actions,
    denials,
    deposit_matches,
    deposits,
    drafts,
    encounters,
    eob_draft_scans,
    entries,
    fee_schedule_editions,
    fee_schedule_rows,
    fee_schedules,
    file_chunks,
    files,
    idempotency_keys,
    job_runs,
    jobs,
    journal_exports,
    mail_schedules,
    memberships,
    night_rounds,
    open_balances,
    organizations,
    patients,
    payer_contracts,
    payers,
    period_events,
    postings,
    proof_runs,
    provider_adjustment_settlements,
    provider_adjustments,
    providers,
    receipt_applications,
    receipts,
    refund_payments,
    remit_candidates,
    remit_carryings,
    remit_claims,
    remit_exceptions,
    remit_lines,
    remit_movements,
    remit_overrides,
    remit_posting_rules,
    remit_replacements,
    remit_restatements,
    remit_restorations,
    remit_unapplyings,
    remit_unpostings,
    remittance_scan_withdrawals,
    remittance_scans,
    remittances,
    scrub_code_lists,
    scrub_rule_grades,
    scrub_rule_releases,
    scrub_rule_versions,
    scrub_rules,
    scrub_trial_results,
    scrub_trials,
    sessions,
    small_balance_rules,
    small_balance_schedules,
    small_balance_write_offs,
    standing_decisions,
    status_totals,
    submissions,
    transfers,
    underpayments,
    users,
);
