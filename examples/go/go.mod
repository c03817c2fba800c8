module card

go 1.22
