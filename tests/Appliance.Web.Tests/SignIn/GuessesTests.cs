using System.Net;
using Appliance.Data.Accounts;
using Appliance.Data.Audit;
using Appliance.Data.Rights;
using Appliance.Web.SignIn;
using Appliance.Web.Tests.Control;
using Microsoft.Extensions.DependencyInjection;

namespace Appliance.Web.Tests.SignIn;

/// <summary>Wrong passwords as browsers send them, from addresses of this machine.</summary>
public sealed class GuessesTests : IAsyncLifetime
{
    private const string Password = "a long password of ann";
    private ConsoleUnderTest _console = null!; // made before every test

    public async Task InitializeAsync()
    {
        _console = await ConsoleUnderTest.StartAsync();
        await _console.Services.GetRequiredService<AccountStore>().AddFirstAsync("ann", Passwords.Hash(Password), CancellationToken.None);
    }

    public async Task DisposeAsync() => await _console.DisposeAsync();

    [Fact]
    public async Task Guesses_AtANameThatExistsAndOneThatDoesNot_AreAnsweredTheSame()
    {
        var answers = new Dictionary<string, List<string>>();
        foreach (var (name, address) in new[] { ("ann", "127.0.0.2"), ("nobody", "127.0.0.3") })
        {
            using var guesser = new FormBrowser(_console.Port, address);
            answers[name] = [];
            for (var guess = 0; guess < 8; guess++)
            {
                using var answer = await guesser.SignInAsync(name, $"guess {guess}");
                answers[name].Add($"{(int)answer.StatusCode} {guesser.Problem}");
            }
        }

        answers["nobody"].ShouldBe(answers["ann"]);
        answers["ann"]
            .ShouldBe([
                .. Enumerable.Repeat("200 User name or password is wrong.", 5),
                .. Enumerable.Repeat("429 Too many wrong tries. Try again in 5 minutes.", 3),
            ]);
        var lines = await _console
            .Services.GetRequiredService<AuditStore>()
            .ListAsync(new() { Action = "sign_in.name_waits" }, 10, null, Actor.Local("test"), CancellationToken.None);
        lines.Select(line => (line.From, line.Target)).ShouldBe([("127.0.0.3", ""), ("127.0.0.2", "ann")]);
    }

    [Fact]
    public async Task Guesses_OfOthers_DoNotKeepTheAdministratorOutFromAnotherAddress()
    {
        await GuessAsync("127.0.0.2", 6);
        using var ann = new FormBrowser(_console.Port, "127.0.0.4");
        using var answer = await ann.SignInAsync("ann", Password);
        answer.Headers.Location?.ToString().ShouldEndWith("/");
        answer.StatusCode.ShouldBe(HttpStatusCode.Found);
    }

    [Fact]
    public async Task Guesses_FromTheSameAddress_DoNotKeepADeviceOutThatHasSignedInBefore()
    {
        using var ann = new FormBrowser(_console.Port, "127.0.0.2");
        (await ann.SignInAsync("ann", Password)).StatusCode.ShouldBe(HttpStatusCode.Found);
        Forget(ann, "_session");

        // More than the name allows, and more than the address does.
        await GuessAsync("127.0.0.2", 6);
        await GuessAsync("127.0.0.2", 12, "somebody", "else", "and others", "still");
        using var stranger = new FormBrowser(_console.Port, "127.0.0.2");
        (await stranger.SignInAsync("ann", Password)).StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        (await ann.SignInAsync("ann", Password)).StatusCode.ShouldBe(HttpStatusCode.Found);
        stranger.Cookies.Add(ann.Cookies.GetAllCookies());
        Forget(stranger, "_session");
        (await stranger.SignInAsync("somebody", Password)).StatusCode.ShouldBe(HttpStatusCode.TooManyRequests, "the device is ann's");
    }

    [Fact]
    public async Task Device_ThatGuesses_IsCountedForItself()
    {
        using var ann = new FormBrowser(_console.Port, "127.0.0.2");
        (await ann.SignInAsync("ann", Password)).StatusCode.ShouldBe(HttpStatusCode.Found);
        Forget(ann, "_session");
        for (var guess = 0; guess < 5; guess++)
            (await ann.SignInAsync("ann", $"guess {guess}")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await ann.SignInAsync("ann", Password)).StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        var cookie = ann.Cookies.GetAllCookies().Single(one => one.Name.EndsWith("_device", StringComparison.Ordinal));
        (cookie.HttpOnly, cookie.Path).ShouldBe((true, "/"));
        cookie.Name.ShouldStartWith(
            _console.Services.GetRequiredService<CookieNames>().Prefix,
            customMessage: "or the proxy would let it through"
        );

        // A cookie that somebody else made is a device like any other.
        Forget(ann, "_device");
        ann.Cookies.Add(new Cookie(cookie.Name, "made-up", "/", "127.0.0.1"));
        (await ann.SignInAsync("ann", Password)).StatusCode.ShouldBe(HttpStatusCode.Found);
    }

    [Fact]
    public async Task SignIn_WithAHashOfBefore_StoresABetterOne()
    {
        var id = (await _console.Services.GetRequiredService<PeopleStore>().ListAsync(Actor.Local("test"), CancellationToken.None))
            .Single()
            .Id;
        await _console
            .Services.GetRequiredService<PeopleStore>()
            .ChangeOwnPasswordAsync(id, PasswordsTests.OldHash(Password), null, "test", CancellationToken.None);
        using var ann = new FormBrowser(_console.Port);
        (await ann.SignInAsync("ann", "a wrong one")).StatusCode.ShouldBe(HttpStatusCode.OK);
        Passwords.MissingRounds(await HashAsync()).ShouldBe(Passwords.Rounds - 100_000);
        (await ann.SignInAsync("ann", Password)).StatusCode.ShouldBe(HttpStatusCode.Found);
        Passwords.MissingRounds(await HashAsync()).ShouldBe(0);
        Passwords.IsRight(await HashAsync(), Password).ShouldBeTrue();

        async Task<string> HashAsync() =>
            (await _console.Services.GetRequiredService<AccountStore>().FindAsync(id, CancellationToken.None))
                .ShouldNotBeNull()
                .PasswordHash.ShouldNotBeNull();
    }

    private async Task GuessAsync(string address, int times, params string[] names)
    {
        using var guesser = new FormBrowser(_console.Port, address);
        for (var guess = 0; guess < times; guess++)
            (await guesser.SignInAsync(names.Length == 0 ? "ann" : names[guess % names.Length], $"guess {guess}")).Dispose();
    }

    private static void Forget(FormBrowser browser, string cookie)
    {
        foreach (var one in browser.Cookies.GetAllCookies().Where(one => one.Name.EndsWith(cookie, StringComparison.Ordinal)))
            one.Expired = true;
    }
}
