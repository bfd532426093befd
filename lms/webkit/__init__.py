"""What every page stands on: policies on views, forms, tables, uploads, spreadsheets."""
