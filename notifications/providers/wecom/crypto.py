"""WeCom's callback envelope: AES-256-CBC under the EncodingAESKey, padded to 32 bytes.

Plain text is 16 random bytes, the message's length in 4 bytes, the message, the corp id.
"""

import base64
import binascii

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from notifications.providers.base import CallbackRefused

RANDOM_BYTES = 16
LENGTH_BYTES = 4
PADDED_TO = 32


def decrypt(encrypted: str, *, encoding_aes_key: str, corp_id: str) -> bytes:
    """Open one envelope.

    Raises:
        CallbackRefused: not base64, not whole blocks, broken padding or length, another corp's.
    """
    key = base64.b64decode(encoding_aes_key + "=")
    try:
        data = base64.b64decode(encrypted, validate=True)
    except (binascii.Error, ValueError) as error:
        raise CallbackRefused("not base64") from error
    if not data or len(data) % (algorithms.AES.block_size // 8):
        raise CallbackRefused("block length")
    decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    return unpack(decryptor.update(data) + decryptor.finalize(), corp_id=corp_id)


def unpack(plain: bytes, *, corp_id: str) -> bytes:
    """Strip padding, random head and corp id.

    Raises:
        CallbackRefused: the parts do not fit.
    """
    padding = plain[-1]
    if not 1 <= padding <= PADDED_TO or plain[-padding:] != bytes([padding]) * padding:
        raise CallbackRefused("padding")
    content = plain[RANDOM_BYTES:-padding]
    length = int.from_bytes(content[:LENGTH_BYTES], "big")
    message, receiver = content[LENGTH_BYTES : LENGTH_BYTES + length], content[LENGTH_BYTES + length :]
    if len(message) != length or receiver != corp_id.encode():
        raise CallbackRefused("receiver")
    return message
