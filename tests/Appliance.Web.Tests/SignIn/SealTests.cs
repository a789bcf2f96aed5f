using System.Security.Cryptography;
using Appliance.Web.SignIn;

namespace Appliance.Web.Tests.SignIn;

public sealed class SealTests
{
    private readonly byte[] key = RandomNumberGenerator.GetBytes(32);

    [Fact]
    public void Open_WhatWasClosed_IsTheSameAndNeverLooksTheSame()
    {
        byte[] plain = [1, 2, 3];
        Seal.Open(key, Seal.Close(key, plain)).ShouldBe(plain);
        Seal.Close(key, plain).ShouldNotBe(Seal.Close(key, plain));
        Seal.Open(key, Seal.Close(key, [])).ShouldBeEmpty();
    }

    [Fact]
    public void Open_ChangedCutOrOfAnotherKey_Throws()
    {
        var closed = Seal.Close(key, [1, 2, 3]);
        for (var index = 0; index < closed.Length; index++)
        {
            var changed = closed.ToArray();
            changed[index] ^= 1;
            Should.Throw<CryptographicException>(() => Seal.Open(key, changed));
        }

        Should.Throw<CryptographicException>(() => Seal.Open(key, closed.AsSpan(0, 20)));
        Should.Throw<CryptographicException>(() => Seal.Open(RandomNumberGenerator.GetBytes(32), closed));
    }
}
