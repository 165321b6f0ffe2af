drop index patients_by_account, patients_by_name;
