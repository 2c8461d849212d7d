// What the client can do; told in nfs.c.
#pragma once

void put(char** words, int count);
void get(char** words, int count);
void each(char** words, int count);
void churn(char** words, int count);
