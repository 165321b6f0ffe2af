//! The tables, in the form that `diesel print-schema` writes.

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
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    audit_events,
    file_chunks,
    files,
    idempotency_keys,
    jobs,
    organizations,
);
