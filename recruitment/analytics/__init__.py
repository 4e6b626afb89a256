"""Pure arithmetic over what the recruitment app knows: values in, values out."""
