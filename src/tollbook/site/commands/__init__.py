"""The commands of `tollbook`; each file registers one."""
