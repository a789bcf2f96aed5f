using System.Security.Cryptography;
using System.Xml.Linq;
using Appliance.Web.SignIn;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;

namespace Appliance.Web.Tests.SignIn;

public sealed class SealedKeysTests : IDisposable
{
    private static readonly XElement _secret = new("masterKey", new XElement("value", "c2VjcmV0"), " with text ");
    private readonly string _folder = Directory.CreateTempSubdirectory("appliance-keys-").FullName;
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    [Fact]
    public void Sealed_WithTheSameKey_IsReadBack()
    {
        var info = new SealedKeys(new(_key)).Encrypt(_secret);
        info.DecryptorType.ShouldBe(typeof(UnsealedKeys));
        XNode.DeepEquals(Open(info.EncryptedElement, _key), _secret).ShouldBeTrue();
    }

    [Fact]
    public void Sealed_SaysNothingAndNeverTheSame()
    {
        var texts = Enumerable.Range(0, 2).Select(_ => new SealedKeys(new(_key)).Encrypt(_secret).EncryptedElement.ToString()).ToList();
        texts[0].ShouldNotBe(texts[1]);
        texts.ShouldAllBe(text => !text.Contains("c2VjcmV0") && !text.Contains("masterKey"));
    }

    [Fact]
    public void Sealed_WithAnotherKey_IsRefused() =>
        Should.Throw<CryptographicException>(() =>
            Open(new SealedKeys(new(_key)).Encrypt(_secret).EncryptedElement, RandomNumberGenerator.GetBytes(32))
        );

    [Theory]
    [InlineData(0)]
    [InlineData(12)]
    [InlineData(-1)]
    public void Sealed_OneBitTurned_IsRefused(int at)
    {
        var element = new SealedKeys(new(_key)).Encrypt(_secret).EncryptedElement;
        var bytes = Convert.FromBase64String(element.Value);
        bytes[at < 0 ? ^-at : at] ^= 1;
        Should.Throw<CryptographicException>(() => Open(new(SealedKeys.Element, Convert.ToBase64String(bytes)), _key));
    }

    [Fact]
    public void Keys_AfterARestart_OpenWhatWasProtectedBefore()
    {
        var ticket = Protector(_key).Protect("a session");
        Protector(_key).Unprotect(ticket).ShouldBe("a session");
        var file = Directory.GetFiles(_folder).ShouldHaveSingleItem();
        File.ReadAllText(file).ShouldContain($"<{SealedKeys.Element}");
        File.ReadAllText(file).ShouldNotContain("<value>");
        File.GetUnixFileMode(_folder).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Fact]
    public void Keys_CopiedWithoutTheMasterKey_OpenNoSession()
    {
        var ticket = Protector(_key).Protect("a session");
        Should.Throw<CryptographicException>(() => Protector(RandomNumberGenerator.GetBytes(32)).Unprotect(ticket));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static XElement Open(XElement element, byte[] key)
    {
        using var services = new ServiceCollection().AddSingleton(new MasterKeyBytes(key)).BuildServiceProvider();
        return new UnsealedKeys(services).Decrypt(element);
    }

    // As the console sets it up; each one is a process of its own.
    private IDataProtector Protector(byte[] masterKey)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSignIn(new(), _folder, masterKey, typeof(SealedKeysTests));
        return services.BuildServiceProvider().GetDataProtector("cookies");
    }
}
