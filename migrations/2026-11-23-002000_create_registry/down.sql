drop table coverages, patients, payers, providers;
