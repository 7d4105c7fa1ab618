"""The tus 1.0.0 server: bytes that are durable before they are acknowledged.

protocol: headers in and out, no I/O. parts: where the bytes of an unfinished upload are kept, on
disk or as an S3 multipart upload. incoming: the services. steps: what the worker does by itself.
"""
