using System.Security.Cryptography;
using Appliance.Data.Sealing;

namespace Appliance.Data.Tests.Sealing;

public sealed class SealTests
{
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    [Fact]
    public void Open_WhatWasClosed_IsTheSameAndNeverLooksTheSame()
    {
        byte[] plain = [1, 2, 3];
        Seal.Open(_key, Seal.Close(_key, plain)).ShouldBe(plain);
        Seal.Close(_key, plain).ShouldNotBe(Seal.Close(_key, plain));
        Seal.Open(_key, Seal.Close(_key, [])).ShouldBeEmpty();
    }

    [Fact]
    public void Open_ChangedCutOrOfAnotherKey_Throws()
    {
        var closed = Seal.Close(_key, [1, 2, 3]);
        for (var index = 0; index < closed.Length; index++)
        {
            var changed = closed.ToArray();
            changed[index] ^= 1;
            Should.Throw<CryptographicException>(() => Seal.Open(_key, changed));
        }

        Should.Throw<CryptographicException>(() => Seal.Open(_key, closed.AsSpan(0, 20)));
        Should.Throw<CryptographicException>(() => Seal.Open(RandomNumberGenerator.GetBytes(32), closed));
    }

    [Fact]
    public void Open_InAnotherPlace_Throws()
    {
        var closed = Seal.Close(_key, [1, 2, 3], "row 1"u8);
        Seal.Open(_key, closed, "row 1"u8).ShouldBe(new byte[] { 1, 2, 3 });
        Should.Throw<CryptographicException>(() => Seal.Open(_key, closed, "row 2"u8));
        Should.Throw<CryptographicException>(() => Seal.Open(_key, closed));
    }
}
