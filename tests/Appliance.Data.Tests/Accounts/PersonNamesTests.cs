using Appliance.Data.Accounts;
using Appliance.Data.Rights;

namespace Appliance.Data.Tests.Accounts;

public sealed class PersonNamesTests : StoresUnderTest
{
    [Theory]
    [InlineData("ann")]
    [InlineData("  Ann Müller ")]
    [InlineData("ann@example.com")]
    [InlineData("o'neill-smith_2")]
    [InlineData("J. R.")]
    [InlineData("7")]
    [InlineData("Łukasz Żółć")]
    [InlineData("Nguyễn Văn Ơn")]
    [InlineData("Иван Петров 2")]
    [InlineData("Ελένη")]
    [InlineData("משה")]
    [InlineData("محمد")]
    [InlineData("राम कुमार")]
    [InlineData("สมชาย")]
    [InlineData("山田 太郎")]
    [InlineData("やまだ 太郎")]
    [InlineData("김철수")]
    public void Name_OfPeople_IsGood(string name) => PersonNames.Fault(name).ShouldBeNull();

    [Theory]
    [InlineData("", "1 to 64")]
    [InlineData("   ", "1 to 64")]
    [InlineData("a\nb", "line breaks")]
    [InlineData("a\u0000b", "line breaks")]
    [InlineData("a\u001bb", "line breaks")]
    [InlineData("a\u007fb", "line breaks")]
    [InlineData("a\u0085b", "line breaks")]
    [InlineData("a\u2028b", "line breaks")]
    [InlineData("a\u2029b", "line breaks")]
    [InlineData("ad\u200bmin", "cannot be seen")]
    [InlineData("ad\u200dmin", "cannot be seen")]
    [InlineData("ad\u2060min", "cannot be seen")]
    [InlineData("\ufeffadmin", "cannot be seen")]
    [InlineData("ad\u00admin", "cannot be seen")]
    [InlineData("\u202enimda", "cannot be seen")]
    [InlineData("\u2066admin\u2069", "cannot be seen")]
    [InlineData("a\u200fb", "cannot be seen")]
    [InlineData("a\u061cb", "cannot be seen")]
    [InlineData("a\u3164b", "cannot be seen")]
    [InlineData("a\ufe0fb", "cannot be seen")]
    [InlineData("a\ue000b", "cannot be seen")]
    [InlineData("a\ufffdb", "cannot be seen")]
    [InlineData("a\u00a0b", "only, not")]
    [InlineData("\u0430dmin", "\"d\" is Latin, those before it are Cyrillic")]
    [InlineData("admi\u03b7", "\"η\" is Greek, those before it are Latin")]
    [InlineData("ann 山田", "one alphabet")]
    [InlineData("Ann\u0301", "as one character")]
    [InlineData("ａｎｎ", "only, not")]
    [InlineData("𝐚nn", "only, not")]
    [InlineData("ann·Company", "only, not")]
    [InlineData("ann (2)", "only, not")]
    [InlineData("<b>ann", "only, not")]
    [InlineData("ann,bob", "only, not")]
    [InlineData("ann☃", "only, not")]
    [InlineData("-ann", "begins and ends")]
    [InlineData("=ann", "only, not")]
    [InlineData("ann-", "begins and ends")]
    [InlineData("a  b", "two blanks")]
    [InlineData("local", "the audit calls")]
    [InlineData("Unknown", "the audit calls")]
    [InlineData("APPLIANCE", "the audit calls")]
    [InlineData("retention", "the audit calls")]
    [InlineData("environment", "the audit calls")]
    [InlineData("provider", "the audit calls")]
    [InlineData("renewal", "the audit calls")]
    [InlineData("demo", "the audit calls")]
    [InlineData("root (command line)", "only, not")]
    [InlineData("root command line", "the audit calls")]
    [InlineData("Iocal", "the audit calls")]
    [InlineData("dem0", "the audit calls")]
    public void Name_OfNobody_IsRefusedWithASentence(string name, string because) =>
        PersonNames.Fault(name).ShouldNotBeNull(name).ShouldContain(because);

    [Fact]
    public void Name_WithHalfACharacterOrTooLong_IsRefused()
    {
        PersonNames.Fault("a" + (char)0xD800 + "b").ShouldNotBeNull();
        PersonNames.Fault(new string('a', 65)).ShouldNotBeNull();
        PersonNames.Fault(new string('a', 64)).ShouldBeNull();
    }

    [Theory]
    [InlineData("ann", "ann · Company")]
    [InlineData(" ann\r\nroot ", "ann root · Company")]
    [InlineData("\u202enimda\u001b[2J", "nimda[2J · Company")]
    [InlineData("admin · Appliance", "admin Appliance · Company")]
    [InlineData("\u200b", "somebody · Company")]
    [InlineData("a\u0301\u0301\u0301\u0301\u0301", "a\u0301\u0301 · Company")]
    [InlineData("Zoë Müller (sales)", "Zoë Müller (sales) · Company")]
    public void OfProvider_WhateverItSays_IsShownInOneLineWithTheProviderBehind(string said, string shown) =>
        PersonNames.OfProvider(said, "Company").ShouldBe(shown);

    [Fact]
    public void OfProvider_LongName_LeavesRoomForTheProvider() =>
        PersonNames.OfProvider(new string('x', 5000), "Company").ShouldBe(new string('x', 48) + " · Company");

    [Fact]
    public async Task Add_NameThatLooksLikeAnother_IsRefused()
    {
        await Accounts.AddFirstAsync("cocoa", "hash", default);
        (await AddAsync("сосоа")).ShouldBe("The name looks like cocoa, who is there already; choose another user name.");
        (await AddAsync("COCOA")).ShouldBe("There is already somebody called cocoa; choose another user name.");
        (await AddAsync("a\u200bb")).ShouldBe("A user name has no line breaks, control characters or characters that cannot be seen.");
        (await AddAsync("иван")).ShouldBeNull();
        var token = await Accounts.NewSetupLinkAsync(default);
        (await Accounts.SetUpAsync(token, "сосоа", "hash", "a", default)).ShouldBeOfType<SetupResult.BadName>();
        (await Accounts.SetUpAsync(token, "local", "hash", "a", default)).ShouldBeOfType<SetupResult.BadName>();
    }

    [Theory]
    [InlineData("alice", "aIice")]
    [InlineData("alice", "a1ice")]
    [InlineData("root1", "r00tl")]
    [InlineData("Bernard", "bemard")]
    [InlineData("willow", "vviIl0vv")]
    [InlineData("Oleg", "0Ieg")]
    public async Task Add_NameThatLooksLikeAnotherOfItsAlphabet_IsRefusedAndTheOtherIsNamed(string known, string wanted)
    {
        await Accounts.AddFirstAsync(known, "hash", default);
        (await AddAsync(wanted)).ShouldBe($"The name looks like {known}, who is there already; choose another user name.");
        (await AddAsync(known + "2")).ShouldBeNull();
    }

    // They cannot choose: a number tells them apart, behind each the provider.
    [Fact]
    public async Task SignIn_ByAProviderWithANameThatLooksLikeAnother_GetsANumber()
    {
        async Task<string> NameAsync(string subject, string name)
        {
            var person = new ExternalPerson("https://id.example.com", subject, "Company", name, Role.Viewer, AccessScope.Everything);
            return (await Accounts.SignInExternalAsync(person, "a", default)).ShouldBeOfType<SignInResult.Welcome>().Account.Name;
        }

        (await NameAsync("1", "alice")).ShouldBe("alice · Company");
        (await NameAsync("2", "aIice")).ShouldBe("aIice (2) · Company");
        (await NameAsync("1", "alice")).ShouldBe("alice · Company");
        (await NameAsync("2", "aIice")).ShouldBe("aIice (2) · Company");
    }

    [Fact]
    public async Task SignIn_ByAProviderAsSomebodyWhoIsHere_IsTwoPeopleEverywhere()
    {
        await Accounts.AddFirstAsync("admin", "hash", default);
        var result = await Accounts.SignInExternalAsync(
            new("https://id.example.com", "1", "Company", "admin", Role.Viewer, AccessScope.Everything),
            "a",
            default
        );
        result.ShouldBeOfType<SignInResult.Welcome>().Account.Name.ShouldBe("admin · Company");
        (await AuditLinesAsync())[^1].ShouldBe("admin · Company sign_in.oidc admin · Company: ok");
        var again = await Accounts.SignInExternalAsync(
            new("https://id.example.com", "1", "Company", null, Role.Viewer, AccessScope.Everything),
            "a",
            default
        );
        again.ShouldBeOfType<SignInResult.Welcome>().Account.Name.ShouldBe("admin · Company");
    }

    private async Task<string?> AddAsync(string name) =>
        (await People.AddAsync(name, "hash", Role.Viewer, AccessScope.Everything, Boss, default) as PeopleResult.Refused)?.Reason;
}
