using Appliance.Data.Accounts;
using Appliance.Data.Rights;
using Appliance.Web.Controls;
using Appliance.Web.Deeds;

namespace Appliance.Web.People;

/// <summary>What administrators do to API tokens on a page. One instance an open page.</summary>
internal sealed class TokenDeeds(PageDeeds deeds, Questions questions, ApiTokenStore tokens)
{
    /// <summary>Makes a token and shows it once. The reason when that cannot be, or null.</summary>
    public async Task<string?> CreateAsync(string name, TokenScopes scopes, TimeSpan? life)
    {
        var result = await deeds.DoAsync(
            new Deed<TokenResult>
            {
                Do = actor => tokens.CreateAsync(name, scopes, life, actor, CancellationToken.None),
                Refusal = WhyNot,
                Said = _ => new($"Made token {name}."),
            }
        );

        // Not by a click beside it: what it shows is nowhere else.
        if (result is DeedResult<TokenResult>.Done { Value: TokenResult.Created created })
            await questions.AskAsync<TokenDialog>(
                $"The token {created.Token.Name}",
                new() { { dialog => dialog.Token, created.Text } },
                staysOnClickBeside: true
            );
        return result.Fault;
    }

    /// <summary>Revokes one after a question. True when it is revoked.</summary>
    public Task<bool> RevokeAsync(ApiToken token) =>
        deeds.TellAsync(
            new Deed<TokenResult>
            {
                Ask = new(
                    $"Revoke {token.Name}?",
                    "Every program that uses it is refused from now on, also with what it is doing at this moment. It cannot be brought "
                        + "back.",
                    "Revoke token"
                ),
                Do = actor => tokens.RevokeAsync(token.Name, actor, CancellationToken.None),
                Refusal = WhyNot,
                Said = _ => new($"Revoked token {token.Name}."),
            }
        );

    private static string? WhyNot(TokenResult result) =>
        result switch
        {
            TokenResult.Refused refused => refused.Reason,
            TokenResult.NotFresh => "you signed in a while ago: load the page again and confirm that it is you.",
            _ => null,
        };
}
