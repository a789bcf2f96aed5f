using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using Appliance.Data.Notices;
using Appliance.Proxy.Dialing;
using Appliance.Testing;
using Appliance.Web.Notices.Channels;

namespace Appliance.Web.Tests.Notices;

/// <summary>Mail to a real server: aiosmtpd as a child process.</summary>
public sealed class MailDeliveryTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("appliance-mail-");
    private readonly X509Certificate2 _certificate = Authority.SelfSigned("127.0.0.1");
    private Process? _server;
    private SaidLines? _said;

    public void Dispose()
    {
        _server?.Kill(entireProcessTree: true);
        _server?.WaitForExit();
        _server?.Dispose();
        _certificate.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Plain_ServerTakesIt_IsSentToEverybody()
    {
        var settings = await StartAsync("none", MailSecurity.None) with { To = ["ops@example.com", "bob@example.com"] };
        (await SendAsync(settings)).ShouldBe(new(true, "The mail server took it: Queued as 1234."));
        (await MailAsync()).ShouldBe(
            "mail appliance@example.com ops@example.com,bob@example.com Critical: pool on web-1: No server of pool api answers. False"
        );
    }

    [Fact]
    public async Task StartTls_WithUserAndPassword_IsEncrypted()
    {
        var settings = await StartAsync("starttls", MailSecurity.StartTls) with { User = "ann" };
        (await SendAsync(settings, "hunter2", isTrusted: true)).IsSent.ShouldBeTrue();
        (await MailAsync()).ShouldEndWith("True");
    }

    [Fact]
    public async Task Tls_FromTheFirstByte_IsEncrypted()
    {
        var settings = await StartAsync("tls", MailSecurity.Tls);
        (await SendAsync(settings, isTrusted: true)).IsSent.ShouldBeTrue();
        (await MailAsync()).ShouldEndWith("True");
    }

    [Theory]
    [InlineData("starttls", MailSecurity.StartTls)]
    [InlineData("tls", MailSecurity.Tls)]
    public async Task Certificate_ThatNobodyTrusts_GetsNothing(string mode, MailSecurity security)
    {
        var settings = await StartAsync(mode, security) with { User = "ann" };
        var result = await SendAsync(settings, "hunter2");
        result.IsSent.ShouldBeFalse();
        result.Words.ShouldStartWith("TLS failed: ");
        NothingCame();
    }

    [Fact]
    public async Task StartTls_ServerThatHasNone_GetsNothing()
    {
        var settings = await StartAsync("none", MailSecurity.StartTls) with { User = "ann" };
        var result = await SendAsync(settings, "hunter2", isTrusted: true);
        (result.IsSent, result.IsFinal).ShouldBe((false, true));
        result.Words.ShouldStartWith("The mail server cannot do what is asked for: ");
        NothingCame();
    }

    [Fact]
    public async Task Password_ThatIsWrong_IsSaidWithoutIt()
    {
        var settings = await StartAsync("starttls", MailSecurity.StartTls) with { User = "ann" };
        var result = await SendAsync(settings, "hunter3", isTrusted: true);
        (result.IsSent, result.IsFinal).ShouldBe((false, true));
        result.Words.ShouldStartWith("The mail server did not take user and password: ");
        result.Words.ShouldNotContain("hunter3");
    }

    [Theory]
    [InlineData("nobody@example.com", true, "The mail server answered 550: 5.1.1 No such user here.")]
    [InlineData("later@example.com", false, "The mail server answered 451: 4.3.0 Come again later.")]
    public async Task Recipient_ThatIsRefused_IsSaid(string to, bool isFinal, string words)
    {
        var settings = await StartAsync("none", MailSecurity.None) with { To = [to] };
        (await SendAsync(settings)).ShouldBe(new(false, words) { IsFinal = isFinal });
        NothingCame();
    }

    [Fact]
    public async Task OneRecipient_ThatIsRefused_DoesNotKeepItFromTheOthers()
    {
        var settings = await StartAsync("none", MailSecurity.None) with { To = ["ops@example.com", "nobody@example.com"] };
        (await SendAsync(settings)).ShouldBe(
            new(true, "The mail server took it, but not for nobody@example.com: 550 5.1.1 No such user here.")
        );
        (await MailAsync()).ShouldStartWith("mail appliance@example.com ops@example.com Critical");
    }

    [Theory]
    [InlineData("later@example.com", "later2@example.com", false)]
    [InlineData("later@example.com", "nobody@example.com", true)]
    public async Task EveryRecipient_ThatIsRefused_IsTriedAgainWhenEveryRefusalIsForNow(string one, string other, bool isFinal)
    {
        var settings = await StartAsync("none", MailSecurity.None) with { To = [one, other] };
        var result = await SendAsync(settings);
        (result.IsSent, result.IsFinal).ShouldBe((false, isFinal));
        NothingCame();
    }

    [Fact]
    public async Task Sentence_WithLineBreaks_AddsNoHeaderAndNoRecipient()
    {
        var settings = await StartAsync("none", MailSecurity.None);
        var hostile = Messages.Of("Down\r\nBcc: eve@example.com\r\n.\r\nRCPT TO:<eve@example.com>\r\n\u202E");
        (await SendAsync(settings, message: hostile)).IsSent.ShouldBeTrue();
        (await MailAsync()).ShouldStartWith("mail appliance@example.com ops@example.com Critical: pool");
        var data = await _said!.WaitForAsync(line => line.StartsWith("data ", StringComparison.Ordinal), "the mail's text came"); // started
        data.ShouldNotContain("\\nBcc:", Case.Insensitive);
        data.ShouldNotContain("\\nRCPT", Case.Insensitive);
    }

    private Task<SendResult> SendAsync(
        ChannelSettings settings,
        string? password = null,
        bool isTrusted = false,
        NoticeMessage? message = null
    )
    {
        var sender = new NoticeSender(Destinations.Any, TimeProvider.System)
        {
            Trust = isTrusted ? (_, certificate, _, _) => certificate?.GetCertHashString() == _certificate.Thumbprint : null,
        };
        return sender.SendAsync(settings, new() { Password = password }, message ?? Messages.Of(), CancellationToken.None);
    }

    private async Task<ChannelSettings> StartAsync(string mode, MailSecurity security)
    {
        var (certificate, key) = (Path.Combine(_folder.FullName, "cert.pem"), Path.Combine(_folder.FullName, "key.pem"));
        await File.WriteAllTextAsync(certificate, _certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(key, _certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()); // it has one
        string[] files = mode == "none" ? [] : [certificate, key];
        _server = Process.Start(
            new ProcessStartInfo("/usr/bin/python3", ["smtp-server.py", mode, .. files])
            {
                WorkingDirectory = Path.Combine(Repository.Root, "tests", "backends"),
                RedirectStandardOutput = true,
            }
        ) ?? throw new InvalidOperationException("python3 did not start; run ./dev test, which installs it.");
        _said = new(_server);
        var port = await _said.WaitForAsync(line => line.StartsWith("port ", StringComparison.Ordinal), "it listens");
        return new()
        {
            Name = "mail",
            Kind = ChannelKind.Email,
            Host = "127.0.0.1",
            Port = int.Parse(port[5..], System.Globalization.CultureInfo.InvariantCulture),
            Security = security,
            From = "appliance@example.com",
            To = ["ops@example.com"],
        };
    }

    private Task<string> MailAsync() => _said!.WaitForAsync(line => line.StartsWith("mail ", StringComparison.Ordinal), "a mail came"); // started

    private void NothingCame() => _said!.All.ShouldNotContain(line => line.StartsWith("mail ", StringComparison.Ordinal)); // started
}
